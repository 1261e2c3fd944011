import { catalogue } from '../../src/event/errors.js'

export function errorReference(): string {
  const sections = Object.entries(catalogue).map(
    ([code, { summary, remedy, status }]) =>
      `## ${code}\n\n${sentence(summary)} HTTP status ${status}.\n\n${remedy}\n`,
  )
  return `# Errors

Every error of Tocsin has a code. Branch on the code; the text is for people and may change. \`tocsin errors CODE\` prints the same offline.

${sections.join('\n')}`
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`
}
