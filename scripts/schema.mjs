/** Writes the JSON Schema of `tocsin.yaml`, for editors, from the compiled code: node schema.mjs FOLDER */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [output] = process.argv.slice(2)
const { configurationSchema } = await import(pathToFileURL(join(output, 'hub/config/index.js')).href)

writeFileSync(join(output, 'tocsin.schema.json'), configurationSchema())
