/** Returns the entries of an object that have a value. */
export function onlyGiven<Params extends object>(
  params: Params,
): { [Name in keyof Params]?: NonNullable<Params[Name]> } {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [Name in keyof Params]?: NonNullable<Params[Name]> }
}
