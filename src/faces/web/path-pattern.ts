/** Whether a path is one of a pattern such as `/v1/events/:cursor` or `/hook/*`. */
export function fitsPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (pattern.endsWith('/*')) return given.slice(0, wanted.length - 1).join('/') === pattern.slice(0, -2)
  return wanted.length === given.length && wanted.every((part, i) => part[0] === ':' || part === given[i])
}
