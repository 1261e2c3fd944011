import { homedir } from 'node:os'
import type { PathEnvironment } from './paths.js'

/** The home folder of the user. A user without one, such as systemd's dynamic users, gets a folder that never exists. */
export function homeFolder(): string {
  try {
    return homedir() || NO_HOME
  } catch {
    return NO_HOME
  }
}

/** The home folder that Debian gives to users who have none. */
const NO_HOME = '/nonexistent'

export function pathEnvironment(variables: NodeJS.ProcessEnv = process.env): PathEnvironment {
  return { variables, home: homeFolder() }
}
