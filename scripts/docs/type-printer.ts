import type { z } from 'zod'

type Side = 'input' | 'output'

/** The parts of a definition of zod that are printed. */
interface Definition {
  readonly type: string
  readonly shape?: Record<string, z.ZodType>
  readonly element?: z.ZodType
  readonly innerType?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly values?: readonly unknown[]
  readonly entries?: Record<string, string | number>
  readonly in?: z.ZodType
  readonly out?: z.ZodType
}

const WRAPPERS = ['optional', 'default', 'prefault']
const LINE = 110
/** Characters of an object that is printed in one line. */
const SHORT = 70

/** Prints schemas as types of TypeScript. Each schema with an id is a type of its own. */
export class TypePrinter {
  readonly #named = new Map<string, string>()
  readonly #said: readonly string[]

  /** `said`: descriptions that are not repeated at each member. */
  constructor(said: readonly string[]) {
    this.#said = said
  }

  /** The types with a name, by name. */
  get named(): string[] {
    return [...this.#named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text)
  }

  /** `side`: of a value that is given or one that is returned. `indent`: blanks before the line that it is in. */
  print(schema: z.ZodType, side: Side, indent = 0): string {
    const { id, description } = schema.meta() ?? {}
    if (id === undefined) return this.#anonymous(schema, side, indent)
    if (!this.#named.has(id)) this.#name(id, schema, side, description)
    return id
  }

  #name(id: string, schema: z.ZodType, side: Side, description: string | undefined): void {
    this.#named.set(id, '')
    const { type, shape } = definitionOf(schema)
    const declared =
      type === 'object'
        ? `export interface ${id} ${this.#members(Object.entries(shape!), side, 0).long}`
        : `export type ${id} = ${this.#anonymous(schema, side, 0)}`
    this.#named.set(id, `${comment(description, 0)}${declared}`)
  }

  #anonymous(schema: z.ZodType, side: Side, indent: number): string {
    const each = definitionOf(schema)
    const inner = (one: z.ZodType | undefined) => this.print(one!, side, indent)
    if (WRAPPERS.includes(each.type)) return inner(each.innerType)
    if (each.type === 'nullable') return `${inner(each.innerType)} | null`
    if (each.type === 'array') return arrayOf(inner(each.element))
    if (each.type === 'record') return `Record<string, ${inner(each.valueType)}>`
    if (each.type === 'union') return [...new Set(each.options!.map(inner))].join(' | ')
    if (each.type === 'pipe') return inner(side === 'output' || isTransform(each.in!) ? each.out : each.in)
    if (each.type === 'object') return this.#object(Object.entries(each.shape!), side, indent)
    return simple(each)
  }

  #object(members: [string, z.ZodType][], side: Side, indent: number): string {
    if (members.length === 0) return 'Record<string, never>'
    const { short, long } = this.#members(members, side, indent)
    return short ?? long
  }

  #members(
    members: [string, z.ZodType][],
    side: Side,
    indent: number,
  ): { short: string | undefined; long: string } {
    const lines = members.map(([name, schema]) => {
      const mark = isOptional(schema, side) ? '?' : ''
      const type = this.print(schema, side, indent + 2)
      const text = memberOf(`${name}${mark}`, type, indent + 2)
      return { about: comment(this.#about(schema), indent + 2), text }
    })
    const short = `{ ${lines.map(({ text }) => text).join('; ')} }`
    const blanks = ' '.repeat(indent + 2)
    const long = lines.map(({ about, text }) => `${about}${blanks}${text}\n`).join('')
    return {
      short: isShort(short, SHORT) && lines.every(({ about }) => about === '') ? short : undefined,
      long: `{\n${long}${' '.repeat(indent)}}`,
    }
  }

  #about(schema: z.ZodType): string | undefined {
    const about = aboutMember(schema)
    return about !== undefined && this.#said.includes(about) ? undefined : about
  }
}

/** Returns true if the text is one line of at most `most` characters. */
export function isShort(text: string, most = LINE): boolean {
  return text.length <= most && !text.includes('\n')
}

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition
}

function simple({ type, values = [], entries = {} }: Definition): string {
  if (type === 'literal') return values.map(literal).join(' | ')
  if (type === 'enum') return Object.values(entries).map(literal).join(' | ')
  if (type === 'custom') return 'Uint8Array'
  if (['string', 'number', 'boolean', 'null', 'unknown'].includes(type)) return type
  throw new Error(`no type for the schema ${type}`)
}

/** A long choice of texts has a line for each, as the formatter would have it. */
function memberOf(name: string, type: string, indent: number): string {
  const line = `${name}: ${type}`
  if (line.length + indent <= LINE || !/^'[^']*'( \| '[^']*')+$/.test(type)) return line
  const blanks = ' '.repeat(indent + 2)
  return `${name}:\n${type
    .split(' | ')
    .map((each) => `${blanks}| ${each}`)
    .join('\n')}`
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function arrayOf(item: string): string {
  return /^[^{]* \| /.test(item) ? `(${item})[]` : `${item}[]`
}

function isTransform(schema: z.ZodType): boolean {
  return definitionOf(schema).type === 'transform'
}

/** A value that has a default may be left out only where it is given. */
function isOptional(schema: z.ZodType, side: Side): boolean {
  const { type } = definitionOf(schema)
  return type === 'optional' || (WRAPPERS.includes(type) && side === 'input')
}

/** The description of a type with a name belongs to the type. */
function aboutMember(schema: z.ZodType): string | undefined {
  const { id, description } = schema.meta() ?? {}
  if (id !== undefined || description !== undefined) return id === undefined ? description : undefined
  const { type, innerType } = definitionOf(schema)
  return WRAPPERS.includes(type) || type === 'nullable' ? aboutMember(innerType!) : undefined
}

export function comment(text: string | undefined, indent: number): string {
  if (text === undefined) return ''
  const blanks = ' '.repeat(indent)
  if (indent + text.length + 7 <= LINE) return `${blanks}/** ${text} */\n`
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && indent + line.length + word.length + 4 <= LINE)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return `${blanks}/**\n${lines.map((line) => `${blanks} * ${line}\n`).join('')}${blanks} */\n`
}
