/**
 * Whether a name is another with one slip of the fingers in it: a letter too many, one missing, a
 * wrong one, or two neighbours that changed places.
 */
export function isMisspelling(name: string, meant: string): boolean {
  if (name === meant) return false;
  let same = 0;
  while (name.charAt(same) === meant.charAt(same)) same += 1;
  const [is, was] = [name.slice(same), meant.slice(same)];
  const swapped = was.slice(1, 2) + was.slice(0, 1) + was.slice(2);
  const oneOff = is.slice(1) === was || is === was.slice(1) || is.slice(1) === was.slice(1);
  return oneOff || is === swapped;
}
