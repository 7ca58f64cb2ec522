import list from 'fxa-common-password-list';

/**
 * Whether many others have the same password, in whatever letters: it is among the first that an attacker tries (ASVS 6.2.4).
 * The list is that of Firefox Accounts.
 */
export function isCommon(password: string): boolean {
  return list.test(password) || list.test(password.toLowerCase());
}
