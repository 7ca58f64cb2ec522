/** The 50,000 commonest passwords of 8 characters or more, of a list of ten million. */
declare module 'fxa-common-password-list' {
  const list: { test(password: string): boolean };
  export default list;
}
