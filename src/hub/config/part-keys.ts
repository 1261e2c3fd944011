import type { z } from 'zod'
import { asFields } from '../../event/json/object.js'
import { faces } from '../../faces/index.js'
import { observers } from '../../observers/index.js'
import type { PartConfig, PartKeys } from '../../parts/definition.js'

/** The parts with keys of their own. */
export const partsWithKeys = [...faces, ...observers]

export interface WithKeys<Keys extends PartKeys = PartKeys> {
  readonly name: string
  readonly config: Keys
}

/** The keys of all these parts, as in their definitions: `listen.http`, `salt` … */
type AllKeys = Joined<(typeof partsWithKeys)[number]['config']>
type Joined<Union> = (Union extends unknown ? (keys: Union) => void : never) extends (keys: infer All) => void
  ? All
  : never

type KeysUnder<Section extends string> = {
  [Key in keyof AllKeys as Key extends `${Section}.${infer Name}` ? Name : never]: AllKeys[Key]
}
type TopKeys = { [Key in keyof AllKeys as Key extends `${string}.${string}` ? never : Key]: AllKeys[Key] }

/** Returns the keys that parts add to a section of the file. */
export function keysUnder<Section extends 'listen' | 'limits'>(section: Section): KeysUnder<Section> {
  const prefix = `${section}.`
  return shapeOf((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined)) as never
}

/** Returns the keys that parts add at the top level of the file. */
export function topKeys(): TopKeys {
  const shape = shapeOf((key) => (key.includes('.') ? undefined : key))
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, atOnce(schema)])) as never
}

/** Returns whether a key is defined by one of the parts, or is below such a key. */
export function isKeyOf(key: string, definitions: readonly WithKeys[] = partsWithKeys): boolean {
  return definitions
    .flatMap(({ config }) => Object.keys(config))
    .some((own) => key === own || key.startsWith(`${own}.`))
}

/** Returns the part of the configuration that belongs to a face or an observer. */
export function configOf<Keys extends PartKeys>(
  { config: keys }: Pick<WithKeys<Keys>, 'config'>,
  config: object,
): PartConfig<Keys> {
  return Object.fromEntries(
    Object.keys(keys).map((key) => [key, key.split('.').reduce<unknown>(valueIn, config)]),
  ) as PartConfig<Keys>
}

/** Changes of such a key take effect at once if its schema does not say anything else. */
function atOnce(schema: z.ZodType): z.ZodType {
  return schema.meta({ effect: 'now', ...schema.meta() })
}

function valueIn(map: unknown, name: string): unknown {
  return asFields(map)[name]
}

function shapeOf(nameOf: (key: string) => string | undefined): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {}
  for (const { name: part, config } of partsWithKeys) {
    for (const [key, schema] of Object.entries(config)) {
      const name = nameOf(key)
      if (name === undefined) continue
      if ((shape[name] ?? schema) !== schema)
        throw new Error(`two parts define ${key}, one of them is ${part}`)
      shape[name] = schema
    }
  }
  return shape
}
