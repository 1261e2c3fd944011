import { accessSync, constants } from 'node:fs'
import { delimiter, join, sep } from 'node:path'

/** npm adds these folders to the PATH of its scripts only; another terminal does not have them. */
const ofScripts = join('node_modules', '.bin')

export interface Call {
  /** `PATH` */
  path: string | undefined
  /** The program as it was started. */
  program: string
  /** Where it was started. */
  folder: string
}

/**
 * Returns the words that call this program from another terminal: `tocsin` if a shell finds it, `npx tocsin` in the
 * folder of a package that has it, else its path.
 */
export function ownCommand({ path = '', program, folder }: Call): string {
  const folders = path.split(delimiter).filter((each) => each.startsWith(sep) && !each.endsWith(ofScripts))
  if (folders.some((each) => isProgram(join(each, 'tocsin')))) return 'tocsin'
  return isOfNpx(program) || program.startsWith(folder + sep) ? 'npx tocsin' : program
}

/** Returns the words that call this process from another terminal. */
export function commandOf(env: NodeJS.ProcessEnv): string {
  return ownCommand({ path: env.PATH, program: process.argv[1], folder: process.cwd() })
}

/** Writes the commands in a text as they can be called from here. A hub that npm has started is started by npm again. */
export function callable(text: string, env: NodeJS.ProcessEnv): string {
  if (!/`tocsin /.test(text)) return text
  const command = commandOf(env)
  const byNpm = env.npm_lifecycle_event === 'start' && env.npm_package_name === 'tocsin'
  const own = byNpm
    ? text.replaceAll('`tocsin serve`', '`npm start`').replaceAll('`tocsin serve ', '`npm start -- ')
    : text
  return own.replaceAll('`tocsin ', () => `\`${command} `)
}

/** npx links the package of the folder where it is called into its own cache. */
function isOfNpx(program: string): boolean {
  return program.includes(`${sep}_npx${sep}`)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
