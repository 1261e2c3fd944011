/** Its first versions with all that the hub uses, such as `crc32` of `node:zlib`. */
export const supported = 'Node 22.2 or newer, or 20.19 or newer of Node 20'

export function isSupported(version) {
  const [major, minor] = version.split('.').map(Number)
  return major === 20 ? minor >= 19 : major > 22 || (major === 22 && minor >= 2)
}
