import type { z } from 'zod'
import type { FaceConfig, FaceDefinition, FaceKeys } from '../../faces/face.js'
import { faces } from '../../faces/index.js'

/** The keys of all faces, as in their definitions: `listen.http`, `salt` … */
type AllKeys = Joined<(typeof faces)[number]['config']>
type Joined<Union> = (Union extends unknown ? (keys: Union) => void : never) extends (keys: infer All) => void
  ? All
  : never

type KeysUnder<Section extends string> = {
  [Key in keyof AllKeys as Key extends `${Section}.${infer Name}` ? Name : never]: AllKeys[Key]
}
type TopKeys = { [Key in keyof AllKeys as Key extends `${string}.${string}` ? never : Key]: AllKeys[Key] }

/** Returns the keys that faces add to a section of the file. */
export function keysUnder<Section extends 'listen' | 'limits'>(section: Section): KeysUnder<Section> {
  const prefix = `${section}.`
  return shapeOf((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined)) as never
}

/** Returns the keys that faces add at the top level of the file. */
export function topKeys(): TopKeys {
  const shape = shapeOf((key) => (key.includes('.') ? undefined : key))
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, atOnce(schema)])) as never
}

/** Returns whether a key is defined by a face, or is below such a key. */
export function isFaceKey(key: string, definitions: readonly FaceDefinition[] = faces): boolean {
  return definitions
    .flatMap(({ config }) => Object.keys(config))
    .some((own) => key === own || key.startsWith(`${own}.`))
}

/** Returns the part of the configuration that belongs to a face. */
export function configOf<Keys extends FaceKeys>(
  { config: keys }: FaceDefinition<Keys>,
  config: object,
): FaceConfig<Keys> {
  return Object.fromEntries(
    Object.keys(keys).map((key) => [key, key.split('.').reduce<unknown>(valueIn, config)]),
  ) as FaceConfig<Keys>
}

/** Changes of a face's key take effect at once if its schema does not say anything else. */
function atOnce(schema: z.ZodType): z.ZodType {
  return schema.meta({ effect: 'now', ...schema.meta() })
}

function valueIn(map: unknown, name: string): unknown {
  return (map as Record<string, unknown>)[name]
}

function shapeOf(nameOf: (key: string) => string | undefined): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {}
  for (const { name: face, config } of faces) {
    for (const [key, schema] of Object.entries(config)) {
      const name = nameOf(key)
      if (name === undefined) continue
      if ((shape[name] ?? schema) !== schema)
        throw new Error(`two faces define ${key}, one of them is ${face}`)
      shape[name] = schema
    }
  }
  return shape
}
