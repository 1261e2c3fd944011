import { exitOf } from '../../src/cli/help/exit-codes.js'
import type { ErrorEntry } from '../../src/errors/area.js'
import { areas, type ErrorCode } from '../../src/errors/catalogue.js'
// The definitions of faces add their own errors.
import '../../src/faces/index.js'

export function errorReference(): string {
  const contents = areas.map(({ title, errors }) => {
    const links = Object.keys(errors).map((code) => `[${code}](#${code.toLowerCase()})`)
    return `- [${title}](#${anchor(title)}): ${links.join(', ')}`
  })
  const sections = areas.map(({ title, errors }) => {
    const entries = Object.entries<ErrorEntry>(errors).map(([code, entry]) =>
      errorSection(code as ErrorCode, entry),
    )
    return `## ${title}\n\n${entries.join('\n')}`
  })
  return `# Errors

Every error of Tocsin has a code. Branch on the code; the text is for people and may change. \`tocsin errors CODE\` prints the same information offline.

The HTTP status is the one of an HTTP answer that reports the error. The exit code is the one of a command that fails with it; [command line](cli.md#exit-codes) lists the meanings. This page is generated from the error catalogue.

${contents.join('\n')}

${sections.join('\n')}`
}

function errorSection(code: ErrorCode, { summary, remedy, status }: ErrorEntry): string {
  return `### ${code}

${sentence(summary)}

${remedy}

HTTP status ${status}, exit code ${exitOf(code)}.
`
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`
}

/** Returns the anchor that GitHub gives a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
