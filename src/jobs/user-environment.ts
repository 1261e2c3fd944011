import { userInfo } from 'node:os'
import { PROGRAM_FOLDERS } from '../processes/programs.js'

/** Variables about the user of the hub. Nothing else of the hub's environment gets into a job. */
export function userEnvironment(): Record<string, string> {
  return { LANG: 'C.UTF-8', ...userVariables() }
}

/** Variables of a program that the hub runs for itself. */
export function programEnvironment(): Record<string, string> {
  return { PATH: PROGRAM_FOLDERS.join(':'), ...userEnvironment() }
}

/** A user of a container may have no entry in the list of users. */
function userVariables(): Record<string, string> {
  try {
    const { username, homedir } = userInfo()
    return { HOME: homedir, USER: username, LOGNAME: username }
  } catch {
    return { HOME: '/' }
  }
}
