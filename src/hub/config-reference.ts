import { publishedSchema } from '../config/published-schema.js'
import { configurationReference as reference } from '../config/reference.js'
import { hubConfig } from './config.js'

export function configurationReference(): string {
  return reference(hubConfig)
}

/** JSON Schema of `tocsin.yaml`, for editors. */
export function configurationSchema(): string {
  const schema = publishedSchema(hubConfig, {
    title: 'tocsin.yaml',
    description: 'Configuration of a Tocsin hub. Everything has a default.',
  })
  return `${JSON.stringify(schema, null, 2)}\n`
}
