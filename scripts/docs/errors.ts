import { exitOf } from '../../src/cli/exit-codes.js'
import { catalogue, type ErrorCode } from '../../src/event/errors.js'

export function errorReference(): string {
  const sections = Object.entries(catalogue).map(
    ([code, { summary, remedy }]) =>
      `## ${code}\n\n${sentence(summary)} ${remedy}\n\nExit code of a command that meets it: ${exitOf(code as ErrorCode)}.\n`,
  )
  return `# Errors

Every error of Tocsin has a code. Branch on the code; the text is for people and may change. \`tocsin errors CODE\` prints the same offline. What the exit codes mean is told in [command line](cli.md#exit-codes). This page is generated from the catalogue of errors.

${sections.join('\n')}`
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`
}
