/** Writes the JSON Schema of `tocsin.yaml`, for editors, from the compiled code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationSchema } from '../dist/hub/config/index.js'
import { root } from './steps.mjs'

writeFileSync(join(root, 'dist/tocsin.schema.json'), configurationSchema())
