// npm start: install and build when needed, then `tocsin serve` in this very process, so that
// terminal, signals and exit code are the hub's own.
import { pathToFileURL } from 'node:url'
import { ensureBuilt, ensureInstalled, main, report, requireNode } from './steps.mjs'

try {
  requireNode()
  ensureInstalled()
  ensureBuilt()
  process.argv = [process.execPath, main, 'serve', ...process.argv.slice(2)]
  await import(pathToFileURL(main).href)
} catch (error) {
  report(error)
}
