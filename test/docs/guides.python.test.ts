import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.js'
import { hubConfig } from '../../src/hub/config/index.js'
import { allPages, type Block, type Page } from './page.js'
import { everyProgramOf, type Program, programsOf, typeErrors, writeProgram } from './programs.js'
import { Stage } from './stage.js'

const pages = allPages()
const guides = pages.filter(({ path, blocks }) => path.startsWith('docs/guide/') && blocks.some(isLive))

describe('programs of the documentation', () => {
  it('compile', () => {
    expect(typeErrors(pages.flatMap(everyProgramOf))).toEqual([])
  })
})

describe.each(guides.map((page) => [page.path, page] as const))('%s', (_, page) => {
  const steps = stepsOf(page)
  let stage: Stage

  beforeAll(async () => {
    if (steps.length > 0) stage = await Stage.open({ installed: true, config: configOf(page) })
  })

  afterAll(() => stage?.[Symbol.asyncDispose]())

  // In the order of the page: a step may use the results of earlier ones.
  for (const { line, run } of steps) {
    it(`runs unchanged, line ${line}`, async () => {
      const { code, stdout, stderr } = await run(stage)
      expect({ code, output: stdout + stderr }).toEqual({ code: 0, output: expect.anything() })
    })
  }

  for (const { text, line } of page.blocks.filter(({ language }) => language === 'yaml')) {
    it(`has a valid configuration, line ${line}`, () => {
      expect(() => parseConfig(hubConfig, text, page.path)).not.toThrow()
    })
  }
})

function isLive({ language, label }: Block): boolean {
  return language === 'ts' ? label === '' : ['sh', 'yaml', 'py'].includes(language)
}

/** Returns the configuration of the page's hub, which a page may show in a block `yaml hub`. */
function configOf({ blocks }: Page): string | undefined {
  return blocks.find(({ language, label }) => language === 'yaml' && label === 'hub')?.text
}

interface Step {
  line: number
  run(stage: Stage): Promise<{ code: number | null; stdout: string; stderr: string }>
}

function stepsOf(page: Page): Step[] {
  const commands = page.blocks.filter(({ language }) => language === 'sh')
  const python = page.blocks.filter(({ language }) => language === 'py')
  const steps = [
    ...commands.map(commandStep),
    ...python.map(pythonStep),
    ...programsOf(page).map(programStep),
  ]
  return steps.sort((a, b) => a.line - b.line)
}

function commandStep(block: Block): Step {
  return { line: block.line, run: (stage) => stage.sh(block) }
}

function pythonStep(block: Block): Step {
  return { line: block.line, run: (stage) => stage.python(block) }
}

/** Runs the program at the place of its last block. */
function programStep(program: Program): Step {
  return {
    line: program.lastLine,
    run: (stage) => stage.node(writeProgram({ ...program, text: stage.placed(program.text) })),
  }
}
