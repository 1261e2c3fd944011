import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { readYaml } from '../read-yaml.js'

/** Returns the content of a text, without defaults. Throws TCN_CONFIG_SYNTAX. */
export function contentOf(text: string): unknown {
  const { value, problems } = read(text)
  const [problem] = problems
  if (problem !== undefined)
    throw new TocsinError(
      'TCN_CONFIG_SYNTAX',
      `line ${problem.line}, column ${problem.column}: ${problem.message}`,
    )
  return value ?? {}
}

/** A text with too many aliases, or nested too deeply, has no problems with places. */
function read(text: string): ReturnType<typeof readYaml> {
  try {
    return readYaml(text)
  } catch (thrown) {
    throw new TocsinError('TCN_CONFIG_SYNTAX', messageOf(thrown), { cause: thrown })
  }
}
