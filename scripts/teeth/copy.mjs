import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../steps.mjs'

/** A test that waits for what never comes ends then; so does a loop without end. */
const LIMIT_MS = 15 * 60_000
/** Files that are installed or made, among them the copy itself. */
const NOT_COPIED = /^(node_modules|\.git|\.cache|\.compiled.*)$/

/** A copy of the project whose sources may be broken. */
export class Copy {
  constructor(folder) {
    this.folder = folder
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const copied = readdirSync(root).filter((name) => !NOT_COPIED.test(name))
    for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  }

  /** Runs tests, until one fails if `bail` is 1, and returns the files in which some failed. */
  async failing(projects, tests, bail = 0) {
    if (tests.length === 0) return []
    const report = join(this.folder, '.cache/teeth.json')
    rmSync(report, { force: true })
    const options = projects.flatMap((project) => ['--project', project])
    const output = ['--reporter=json', `--outputFile=${report}`]
    const vitest = ['run', `--bail=${bail}`, '--passWithNoTests', ...output, ...options, ...tests]
    if (await this.#passes('node_modules/vitest/vitest.mjs', vitest)) return []
    const failed = this.#failedFiles(report)
    // A failure outside of a test, or a run that was ended, names no file.
    return failed.length > 0 ? failed : tests
  }

  #failedFiles(report) {
    try {
      const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
      return testResults
        .filter(({ status }) => status === 'failed')
        .map(({ name }) => relative(this.folder, name))
    } catch {
      return []
    }
  }

  async #passes(program, args) {
    const options = { stdio: 'ignore', cwd: this.folder, detached: true }
    const child = spawn(process.execPath, [program, ...args], options)
    const limit = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LIMIT_MS)
    const code = await new Promise((resolve) => child.on('close', resolve))
    clearTimeout(limit)
    return code === 0
  }
}
