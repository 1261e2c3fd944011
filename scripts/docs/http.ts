import { startTestHub } from '../../src/hub/testing.js'

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: Schema
}

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
  items?: Schema
  anyOf?: Schema[]
  description?: string
}

interface Operation {
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
  responses: Record<string, { description?: string; $ref?: string; content?: Record<string, unknown> }>
  'x-right'?: string
}

/** Reads the paths from a running hub, so that the page shows what is served. */
export async function httpReference(): Promise<string> {
  await using hub = await startTestHub({ http: true })
  await using client = await hub.connect()
  const { token } = await client.request<{ token: string }>('tokens.add', { name: 'docs', rights: '*' })
  const answer = await fetch(`${hub.http}/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } })
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  return `# HTTP

All paths of the HTTP face. The hub serves the same information as OpenAPI 3.1 at \`/v1/openapi.json\`. Errors are \`application/problem+json\` with a \`code\` of the [list of errors](errors.md). For instructions see [HTTP](../guide/http.md), [streams](../guide/streams.md) and [access](../guide/access.md). This page is generated from the table of routes.

${operations.map(describe).join('\n')}`
}

function describe(each: { path: string; method: string; operation: Operation }): string {
  const { path, method, operation } = each
  const { parameters = [], requestBody, responses } = operation
  const parts = [`## ${method} ${path}`, sentence(operation)]
  if (parameters.length > 0) {
    parts.push(['| parameter | where | what |', '|---|---|---|', ...parameters.map(parameterRow)].join('\n'))
  }
  if (requestBody !== undefined) parts.push(`Takes ${Object.keys(requestBody.content).map(code).join(', ')}.`)
  const answers = Object.entries(responses).filter(([, { $ref }]) => $ref === undefined)
  parts.push(answers.map(answerLine).join('\n'))
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function sentence({ summary, description, 'x-right': right }: Operation): string {
  return [summary, description, right && `Right: ${right.split(' or ').map(code).join(' or ')}.`]
    .filter(Boolean)
    .join(' ')
}

function parameterRow({ name, in: where, required, description, schema }: Parameter): string {
  const text = description ?? schema?.description ?? ''
  return `| \`${name}\` | ${where}${required ? ', required' : ''} | ${[text, kindOf(schema)].filter(Boolean).join(' ')} |`
}

function kindOf(schema: Schema | undefined): string {
  const choice = schema?.enum ?? schema?.items?.enum
  const usual = schema?.default === undefined ? '' : `Default: ${code(String(schema.default))}.`
  return [choice && `One of ${choice.map((each) => code(String(each))).join(', ')}.`, usual]
    .filter(Boolean)
    .join(' ')
}

function answerLine([status, { description = '', content }]: [
  string,
  Operation['responses'][string],
]): string {
  const types = Object.keys(content ?? {})
  return `- ${status}: ${description}${types.length === 0 ? '' : ` (${types.map(code).join(', ')})`}`
}

function code(text: string): string {
  return `\`${text}\``
}
