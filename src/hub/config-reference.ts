import { configJsonSchema } from '../config/json-schema.js'
import { configurationReference as reference } from '../config/reference.js'
import { hubConfig } from './config.js'

export function configurationReference(): string {
  return reference(hubConfig)
}

/** JSON Schema of `tocsin.yaml`, for editors. */
export function configurationSchema(): string {
  return `${JSON.stringify(configJsonSchema(hubConfig), null, 2)}\n`
}
