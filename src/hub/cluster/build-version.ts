import { readFileSync } from 'node:fs'
import { version } from '../version.js'

/**
 * The version with the digest of the program, by which builds differ that have the same version: the same sources have
 * the same one. Only the version for a hub that was not built, such as one within a test.
 */
export function buildVersion(): string {
  try {
    const modules = readFileSync(new URL('../../bundle/modules.json', import.meta.url), 'utf8')
    const { hub } = JSON.parse(modules) as { hub: string }
    const digest = /-([0-9a-f]{8})\.cjs$/.exec(hub)?.[1]
    return digest === undefined ? version : `${version}+${digest}`
  } catch {
    return version
  }
}
