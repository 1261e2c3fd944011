import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** The oldest version that the client supports. */
const OLDEST = 9

/** One Python of each supported version that this machine has, by its version, such as `3.11`. */
export function pythons(): [version: string, program: string][] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', ...versionsOf(pyenv())]
  const found = new Map<string, string>()
  for (const program of folders.flatMap(programsIn)) {
    const version = versionOf(program)
    if (version !== undefined && !found.has(version)) found.set(version, program)
  }
  return [...found].sort()
}

const pyenv = () => join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')

function versionsOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : []
}

function programsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => /^python3(\.\d+)?$/.test(name))
  return names.map((name) => join(folder, name))
}

function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  const [, minor] = (status === 0 && /^Python 3\.(\d+)\./.exec(stdout)) || []
  return minor !== undefined && Number(minor) >= OLDEST ? `3.${minor}` : undefined
}
