import { isAbsolute, join } from 'node:path'

/** What the search for files depends on, handed in. */
export interface PathEnvironment {
  variables: Readonly<Record<string, string | undefined>>
  home: string
}

export interface ConfigPlace {
  path: string
  /** Somebody named it: that it is not there is an error. */
  named: boolean
}

/** Where the configuration may be, best first. One that was named is the only one. */
export function configPlaces(named: string | undefined, environment: PathEnvironment): ConfigPlace[] {
  const path = named ?? (environment.variables.TOCSIN_CONFIG || undefined)
  if (path !== undefined) return [{ path: expandHome(path, environment), named: true }]
  return [
    join(xdgFolder('XDG_CONFIG_HOME', '.config', environment), 'tocsin.yaml'),
    '/etc/tocsin/tocsin.yaml',
  ].map((usual) => ({ path: usual, named: false }))
}

/** The data folder: the one named, the one systemd made for the service, or that of the user. */
export function dataFolder(named: string | undefined, environment: PathEnvironment): string {
  if (named !== undefined) return expandHome(named, environment)
  const service = environment.variables.STATE_DIRECTORY?.split(':')[0]
  return service || xdgFolder('XDG_STATE_HOME', '.local/state', environment)
}

export function expandHome(path: string, { home }: PathEnvironment): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
}

// A relative path in these variables is to be ignored (XDG Base Directory Specification).
function xdgFolder(variable: string, usual: string, { variables, home }: PathEnvironment): string {
  const folder = variables[variable]
  return join(folder && isAbsolute(folder) ? folder : join(home, usual), 'tocsin')
}
