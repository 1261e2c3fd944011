import { isAbsolute, join } from 'node:path'

/** The parts of the environment that the search for files depends on. */
export interface PathEnvironment {
  variables: Readonly<Record<string, string | undefined>>
  home: string
}

export interface ConfigCandidate {
  path: string
  /** True if the user named the file: then it must exist. */
  named: boolean
}

/**
 * The possible paths of the configuration in order of preference. A file that the user names is the only one.
 */
export function configCandidates(named: string | undefined, environment: PathEnvironment): ConfigCandidate[] {
  const path = named ?? (environment.variables.TOCSIN_CONFIG || undefined)
  if (path !== undefined) return [{ path: expandHome(path, environment), named: true }]
  return [
    join(xdgFolder('XDG_CONFIG_HOME', '.config', environment), 'tocsin.yaml'),
    '/etc/tocsin/tocsin.yaml',
  ].map((usual) => ({ path: usual, named: false }))
}

/**
 * The data folder: the one that the user names, the one that systemd created for the service, or the one in
 * the home folder.
 */
export function dataFolder(named: string | undefined, environment: PathEnvironment): string {
  if (named !== undefined) return expandHome(named, environment)
  const service = environment.variables.STATE_DIRECTORY?.split(':')[0]
  return service || xdgFolder('XDG_STATE_HOME', '.local/state', environment)
}

export function expandHome(path: string, { home }: Pick<PathEnvironment, 'home'>): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
}

// Relative paths in these variables are ignored (XDG Base Directory Specification).
function xdgFolder(variable: string, usual: string, { variables, home }: PathEnvironment): string {
  const folder = variables[variable]
  return join(folder && isAbsolute(folder) ? folder : join(home, usual), 'tocsin')
}

/** The option that names the data folder in a command that is shown; empty if the folder is not known. */
export function dataOption(folder: string | undefined): string {
  if (!folder) return ''
  return ` --data ${/^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`}`
}
