#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { relaxCollector } from '../hub/process/collector-settings.js'
import { loadWithCodeCache } from './code-cache.js'
import { STARTED, STARTING_PROCESS } from './commands/serve/started.js'

/** The program as one file, whose code is cached, from the folder of this file; the build defines it. */
declare const HUB_PROGRAM: string | undefined

const isHub = process.argv[2] === 'serve'
if (process.argv[2] === STARTING_PROCESS) void import('../processes/starting-process.js')
else if (isHub && typeof HUB_PROGRAM === 'string') {
  // V8 accepts cached code only with the same settings.
  relaxCollector()
  loadWithCodeCache(fileURLToPath(new URL(HUB_PROGRAM, import.meta.url)), STARTED, {})
} else {
  // Other commands are quickest when they read only the parts that they need.
  void import('./main.js')
}
