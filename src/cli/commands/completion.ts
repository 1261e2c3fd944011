import type { Command } from 'commander'
import { TocsinError } from '../../event/errors.js'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'

export function defineCompletion(program: Command, io: Io): void {
  define(program, 'completion <shell>', 'completion for bash, zsh or fish', {
    group: groups.help,
    notes: ['It completes commands, options and values, and tags from the live hub.'],
    examples: [
      { command: 'source <(tocsin completion bash)', does: 'in ~/.bashrc' },
      { command: 'source <(tocsin completion zsh)', does: 'in ~/.zshrc, after compinit' },
      { command: 'tocsin completion fish > ~/.config/fish/completions/tocsin.fish', does: 'for fish' },
    ],
  }).action(async (shell: string) => {
    const { shellScripts } = await import('../completion/scripts.js')
    const script = Object.hasOwn(shellScripts, shell) ? shellScripts[shell] : undefined
    if (script === undefined) {
      throw new TocsinError(
        'TCN_USAGE',
        `no completion for ${JSON.stringify(shell)}; there is ${Object.keys(shellScripts).join(', ')}`,
      )
    }
    io.out.line(script)
  })
  // What the scripts call: the words so far, the last one being typed.
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const { complete } = await import('../completion/complete.js')
      for (const candidate of await complete(program, io, words)) io.out.line(candidate)
    })
}
