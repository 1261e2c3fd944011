import { isOneOf } from '../../event/one-of.js'
import { type HostPackage, packageActions } from '../../types/host/packages.js'

/** A line of the log of dpkg about the beginning of a run, or of an action. */
export type DpkgLine =
  | { time: string; action: 'startup' }
  | ({ time: string } & Pick<HostPackage, 'action' | 'package' | 'architecture' | 'version' | 'from'>)

const line =
  /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) (\w+) ([^\s:]{1,256})(?::([^\s:]{1,64}))?(?: (\S{1,256}) (\S{1,256}))?/

/** Reads lines such as `2026-11-21 02:54:26 upgrade libc6:amd64 2.36-9 2.37-1`. Undefined for all others. */
export function parseDpkgLine(text: string): DpkgLine | undefined {
  const match = line.exec(text)
  if (match === null) return undefined
  const [, time, action, name, architecture, from, version] = match
  if (action === 'startup') return { time, action }
  if (!isAction(action) || from === undefined) return undefined
  const read: DpkgLine = { time, action, package: name }
  if (architecture !== undefined) read.architecture = architecture
  if (isVersion(from)) read.from = from
  // A package that is only configured stays the version that it is.
  const after = action === 'configure' ? from : version
  if (isVersion(after)) read.version = after
  if (action === 'configure') delete read.from
  return read
}

function isAction(word: string): word is HostPackage['action'] {
  return isOneOf(packageActions, word)
}

function isVersion(word: string): boolean {
  return word !== '<none>'
}
