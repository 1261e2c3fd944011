import { eventTypes } from '../../src/hub/event-types.js'
import { type EventType, hubTypes } from '../../src/types/index.js'

export function eventTypeReference(): string {
  const types = [hubTypes, ...eventTypes].flat().sort((a, b) => (a.type < b.type ? -1 : 1))
  return `# Event types

The type of an event follows from its tag. \`*\` stands for one segment, \`**\` for all that follows. An event with a tag that nobody registered has the type \`tocsin.event\`. Schemas are JSON Schema 2020-12 of the JSON view of the body. This page is generated from the registry of types.

| type | what happened |
|---|---|
${types.map(row).join('\n')}

${types.map(describe).join('\n')}`
}

function row({ type, summary = '' }: EventType): string {
  return `| [\`${type}\`](#${type.replaceAll(/[^a-z0-9_-]/g, '')}) | ${summary} |`
}

function describe({ type, tags, summary, schema, correlation = [] }: EventType): string {
  const related = correlation.length === 0 ? '' : `\nRelated by ${correlation.map(code).join(', ')}.\n`
  const shape = schema === undefined ? '' : `\n\`\`\`json\n${JSON.stringify(schema, null, 2)}\n\`\`\`\n`
  return `## ${type}\n\n${summary ?? ''}\n\nTags: ${tags.map(code).join(', ')}\n${related}${shape}`
}

function code(text: string): string {
  return `\`${text}\``
}
