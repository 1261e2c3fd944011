// Options of programs for developers.
import { parseArgs } from 'node:util'

const FORMS = { number: /^\d+(\.\d+)?$/, 'whole number': /^\d+$/ }
const HELP = { help: { type: 'boolean', short: 'h', default: false } }

/** Ends the process with what is wrong with its options, as commands do. */
export function refuseOptions(reason) {
  process.stderr.write(`${reason}\nThe option --help explains more.\n`)
  process.exit(2)
}

/**
 * Returns the options with which the process was started, or shows the help and ends it. `form` of an option is that of
 * its value, one of FORMS.
 */
export function readOptions(options, help) {
  const values = parse({ ...options, ...HELP })
  if (values.help) {
    process.stdout.write(help)
    process.exit(0)
  }
  for (const [name, { form }] of Object.entries(options)) {
    if (form === undefined || values[name] === undefined || FORMS[form].test(values[name])) continue
    refuseOptions(`--${name} must be a ${form}, not '${values[name]}'.`)
  }
  return values
}

function parse(options) {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error
    return refuseOptions(error.message)
  }
}
