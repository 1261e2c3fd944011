import { oddValues, pick, type Random, wellFormed } from '../mutations.js'

/** The parts of JSON Schema that the OpenAPI description of a hub uses. */
interface Schema {
  type?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  $ref?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minimum?: number
  maximum?: number
}

interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export interface SampledRequest {
  method: string
  path: string
  query: Record<string, unknown>
  type?: string
  body?: unknown
}

const tellingTexts = ['fuzz/a', 'fuzz/', '*', 'start', '-1m', '1', 'k', 'data.a = 1', 'tag', 'fuzz']
const MAX_DEPTH = 5

/** A request that an operation of the description takes, with values as its schemas have them. */
export function sampleRequest(
  api: OpenApi,
  random: Random,
  isExcluded: (path: string) => boolean,
): SampledRequest {
  const operations = Object.entries(api.paths)
    .filter(([path]) => !isExcluded(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
  const { path, method, operation } = pick(operations, random)
  const given = (operation.parameters ?? []).filter(({ required }) => required || random(3) === 0)
  const values = given.map((each) => ({ ...each, value: sample(each.schema ?? {}, api, random) }))
  const inPath = (name: string) => String(values.find((each) => each.name === name)?.value ?? 'fuzz')
  const content = Object.entries(operation.requestBody?.content ?? {})
  const [type, { schema }] = content.length > 0 ? pick(content, random) : [undefined, { schema: undefined }]
  return {
    method: method.toUpperCase(),
    path: path.replace(/\{(\w+)\}|\*$/g, (_, name: string) => encodeURIComponent(wellFormed(inPath(name)))),
    query: Object.fromEntries(
      values.filter((each) => each.in === 'query').map(({ name, value }) => [name, value]),
    ),
    ...(type !== undefined && {
      type: type === '*/*' ? 'text/plain' : type,
      body: sample(schema ?? {}, api, random),
    }),
  }
}

function sample(schema: Schema, api: OpenApi, random: Random, depth = 0): unknown {
  if (random(40) === 0) return pick(oddValues, random)
  if (schema.$ref !== undefined) {
    const named = api.components.schemas[schema.$ref.split('/').at(-1)!]
    return depth > MAX_DEPTH ? null : sample(named ?? {}, api, random, depth + 1)
  }
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return pick(schema.enum, random)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return sample(pick(choices, random), api, random, depth + 1)
  if (schema.allOf)
    return Object.assign({}, ...schema.allOf.map((each) => sample(each, api, random, depth + 1)))
  switch (schema.type) {
    case 'object':
      return sampleMap(schema, api, random, depth)
    case 'array':
      return Array.from({ length: random(3) }, () => sample(schema.items ?? {}, api, random, depth + 1))
    case 'integer':
    case 'number':
      return schema.minimum !== undefined && random(2) === 0 ? schema.minimum : random(100)
    case 'boolean':
      return random(2) === 0
    case 'string':
      return pick(tellingTexts, random)
    default:
      return depth > MAX_DEPTH ? null : pick<unknown>([{ a: 1 }, 'text', [1], null, 3], random)
  }
}

function sampleMap({ properties = {}, required = [] }: Schema, api: OpenApi, random: Random, depth: number) {
  if (depth > MAX_DEPTH) return {}
  const keys = Object.keys(properties).filter((key) => required.includes(key) || random(3) === 0)
  return Object.fromEntries(keys.map((key) => [key, sample(properties[key], api, random, depth + 1)]))
}
