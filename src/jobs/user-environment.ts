import { userInfo } from 'node:os'

/** Variables about the user of the hub. Nothing else of the hub's environment gets into a job. */
export function userEnvironment(): Record<string, string> {
  return { LANG: 'C.UTF-8', ...userVariables() }
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
