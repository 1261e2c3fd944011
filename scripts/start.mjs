// npm start: installs and builds if necessary, then runs `tocsin serve` in this process, so that terminal, signals
// and exit code are those of the hub.
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
