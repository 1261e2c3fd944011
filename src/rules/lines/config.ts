import { z } from 'zod'
import { readBy } from '../../config/values/read-by.js'
import { compileRegex } from '../../filter/regex.js'
import { isLineField, LINE, type LineDefinition } from './log-line.js'

const MAX_PROGRAMS = 8

const program = z.string().min(1).max(128)

const pattern = z
  .string()
  .min(1)
  .max(4096)
  .superRefine(readBy((text: string) => compileRegex(text, 'the pattern')))
  .refine(hasUsableNames, { error: 'has a group whose name is not made of letters, digits and underscores' })

function hasUsableNames(text: string): boolean {
  return [...text.matchAll(/\(\?P?<([^>=!]*)>/g)].every(([, name]) => isLineField(LINE + name))
}

/** Lines of log files, the same for the sources `files`, `syslog`, `journal` and `kernel`. */
export const lineConfig = z.strictObject({
  program: z
    .union([program, z.array(program).min(1).max(MAX_PROGRAMS)])
    .describe('Name of the program that has written the line, or list of these.'),
  text: pattern.describe(
    `A regular expression in RE2 syntax that the text must match. Its named groups are fields, such as \`line.user\`, beside \`line.host\`, \`line.program\` and \`line.text\`.`,
  ),
})
export type LineConfig = z.output<typeof lineConfig>

export function lineDefinition({ program, text }: LineConfig): LineDefinition {
  return { programs: [program].flat(), text }
}
