import * as events from '../../src/protocols/ncs/constants/events.js'
import * as library from '../../src/protocols/ncs/constants/library.js'
import { constants } from '../../src/protocols/sctp/index.js'

/** Modules of constants for Python, from the tables that the TypeScript code uses. */
export const pythonConstants: Record<string, () => string> = {
  'python/tocsin/ncs/constants.py': () =>
    moduleOf('The constants of notifications: those of the vendor\'s module "events".', events),
  'python/tocsin/ncs/library.py': () =>
    moduleOf('The constants that notifications use and that the vendor keeps outside of "events".', library),
  'python/tocsin/sctp/constants.py': () =>
    moduleOf('The constants of <linux/sctp.h> and <netinet/sctp.h> on Linux.', constants.linux),
}

function moduleOf(about: string, table: Readonly<Record<string, number>>): string {
  const lines = Object.entries(table)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name} = ${value}\n`)
  return `"""${about} Made by \`npm run docs\`: do not edit."""\n\n${lines.join('')}`
}
