import { z } from 'zod'
import { catalogue } from '../../../errors/tocsin-error.js'
import { KeptDocument, sendDocument } from '../../web/document.js'
import type { HttpContext } from '../context.js'
import { PROBLEM_TYPE } from '../problem.js'
import { NDJSON } from '../read/answer-lines.js'
import {
  type Route,
  type RouteAnswer,
  type RouteBody,
  type RouteRight,
  route,
  type UpgradeRoute,
} from '../route.js'
import { problem } from './schemas.js'

type Json = Record<string, unknown>

/** `GET /v1/openapi.json`, made once, from the table of routes: nobody needs a token to ask for it. */
export function openApiRoute(
  { hub, longWork }: Pick<HttpContext, 'hub' | 'longWork'>,
  routes: () => readonly Route[],
  upgrades: readonly UpgradeRoute[],
): Route {
  const make = async () => new KeptDocument(await longWork.run('', openApi(hub, routes(), upgrades)))
  let document: Promise<KeptDocument> | undefined
  return route({
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'Returns this interface as OpenAPI 3.1.',
    right: 'none',
    answers: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
    async handle({ request, reply }) {
      // Everybody waits for the same work, which cannot be refused: it is the only one of this name.
      document ??= make()
      return sendDocument(request, reply, await document)
    },
  })
}

/** Describes one route in each step. */
function* openApi(
  { version }: { version: string },
  routes: readonly Route[],
  upgrades: readonly UpgradeRoute[],
): Generator<void, string> {
  const schemas = new Schemas()
  const paths: Record<string, Json> = {}
  const add = (path: string, method: string, operation: Json) => {
    paths[path] = { ...paths[path], [method]: operation }
  }
  for (const each of routes) {
    yield
    add(openPath(each.path), each.method.toLowerCase(), operationOf(each, schemas))
  }
  for (const each of upgrades) add(openPath(each.path), 'get', upgradeOf(each, schemas))
  return JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'Tocsin',
      version,
      description: 'Event bus for infrastructure.',
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This hub.' }],
    tags: tagsOf([...routes, ...upgrades]),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
        ticket: { type: 'apiKey', in: 'query', name: TICKET, description: 'From `POST /v1/ticket`.' },
      },
      responses: { Problem: problemResponse(schemas) },
      schemas: schemas.named,
    },
    security: TOKENS,
  })
}

const TICKET = 'ticket'
const TOKENS: Json[] = [{ bearer: [] }, { basic: [] }]

function tagsOf(routes: readonly { path: string }[]): Json[] {
  return [...new Set(routes.map(({ path }) => tagOf(path)))].map((name) => ({ name }))
}

/** Returns the subject of an operation: `events` of `/v1/events/:cursor`, `log` of `/v1/log.info`. */
function tagOf(path: string): string {
  return /^\/(?:v1\/)?(\w+)/.exec(path)?.[1] ?? 'hub'
}

/** Returns the way in which a caller identifies itself; undefined where it is as for the whole interface. */
function securityOf({ right, identify }: Pick<Route | UpgradeRoute, 'right' | 'identify'>): Json {
  if (right === 'none') return { security: [] }
  return identify === undefined ? {} : { security: [...TOKENS, { ticket: [] }] }
}

/** Collects schemas with an id, which are written once, under `components`. */
class Schemas {
  readonly named: Record<string, Json> = {}

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _,
      $defs,
      id,
      ...json
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      reused: 'inline',
    }) as Json & { $defs?: Record<string, Json>; id?: string }
    for (const [name, definition] of Object.entries($defs ?? {})) this.#add(name, definition)
    if (typeof id !== 'string') return withReferences(json) as Json
    this.#add(id, json)
    return { $ref: `#/components/schemas/${id}` }
  }

  #add(name: string, { id: _, ...definition }: Json): void {
    this.named[name] ??= withReferences(definition) as Json
  }
}

/** `kind` is the word of the configuration reference for a value, and no keyword of JSON Schema. */
function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key, item]) => key !== 'kind' || typeof item !== 'string')
  return Object.fromEntries(
    kept.map(([key, item]) =>
      key === '$ref' && typeof item === 'string'
        ? [key, item.replace('#/$defs/', '#/components/schemas/')]
        : [key, withReferences(item)],
    ),
  )
}

function operationOf(each: Route, schemas: Schemas): Json {
  const parameters = [
    ...pathParameters(each.path),
    ...queryParameters(each, schemas),
    ...headerParameters(each),
  ]
  return {
    operationId: operationId(each.method, each.path),
    tags: [tagOf(each.path)],
    summary: each.summary,
    ...(each.notes === undefined ? {} : { description: each.notes }),
    'x-right': textOf(each.right),
    ...securityOf(each),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(each.body === undefined ? {} : { requestBody: bodyOf(each.body, schemas) }),
    responses: responsesOf(each, schemas),
  }
}

/** `see or monitor` */
function textOf(right: RouteRight): string {
  return [right].flat().join(' or ')
}

function upgradeOf(each: UpgradeRoute, schemas: Schemas): Json {
  const { path, summary, right } = each
  return {
    operationId: operationId('GET', path),
    tags: [tagOf(path)],
    summary,
    'x-right': textOf(right),
    ...securityOf(each),
    parameters: queryParameters(each, schemas),
    responses: { 101: { description: 'The connection is now a WebSocket.' }, default: PROBLEM },
  }
}

/** No content, and redirections. */
const HAS_NO_BODY = /^(204|3..)$/

function responsesOf({ answers }: Route, schemas: Schemas): Json {
  const named = Object.entries(answers).map(([status, answer]) => [
    status,
    describeAnswer(status, answer, schemas),
  ])
  return { ...Object.fromEntries(named), default: PROBLEM }
}

function describeAnswer(status: string, answer: RouteAnswer, schemas: Schemas): Json {
  const { description, schema } = answer
  if (HAS_NO_BODY.test(status)) return { description }
  if (Number(status) < 400 || schema !== undefined) return responseOf(answer, schemas)
  return { ...problemResponse(schemas), description }
}

/** Content that is not JSON is text. */
function responseOf(
  { description, type = 'application/json', schema = z.string(), line, others = {} }: RouteAnswer,
  schemas: Schemas,
): Json {
  const types = [...[type].flat().map((each) => [each, schema] as const), ...Object.entries(others)]
  if (line !== undefined) types.push([NDJSON, line])
  const content = types.map(([name, each]) => [name, { schema: schemas.of(each, 'output') }])
  return { description, content: Object.fromEntries(content) }
}

function bodyOf({ types, read }: RouteBody, schemas: Schemas): Json {
  const content = Object.entries(types).map(([type, { schema }]) => [
    type,
    { schema: schemas.of(schema, 'input') },
  ])
  const description = Object.entries(types)
    .map(([type, about]) => `${type}: ${about.description ?? ''}`)
    .join('\n\n')
  const isOptional =
    read === 'json' && Object.values(types).every(({ schema }) => schema.safeParse({}).success)
  return { description, content: Object.fromEntries(content), required: !isOptional }
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

/** A ticket is a security scheme and no parameter. */
function queryParameters({ query }: Pick<Route, 'query'>, schemas: Schemas): Json[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = schemas.of(query, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  const names = Object.entries(properties).filter(([name]) => name !== TICKET)
  return names.map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

function headerParameters({ headers = {} }: Route): Json[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }))
}

function problemResponse(schemas: Schemas): Json {
  const codes = Object.keys(catalogue)
  return {
    description: `The error; \`code\` is one of the ${codes.length} in docs/reference/errors.md.`,
    content: { [PROBLEM_TYPE]: { schema: schemas.of(problem, 'output') } },
  }
}

const PROBLEM = { $ref: '#/components/responses/Problem' }

/** `/v1/events/:cursor` → `/v1/events/{cursor}` */
function openPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

function operationId(method: string, path: string): string {
  const words = path.replace(/^\/v1/, '').match(/\w+/g) ?? []
  const [first = '', ...rest] = words
  return [method.toLowerCase() + capital(first), ...rest.map(capital)].join('')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
