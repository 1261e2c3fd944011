import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { define, groups } from '../../help/define.js'
import type { Io } from '../../io.js'

export function defineCompletion(program: Command, io: Io): void {
  define(program, 'completion <shell>', 'Print a completion script for bash, zsh or fish', {
    group: groups.help,
    notes: ['The shell then completes commands, options, their values, and tags that it asks the hub for.'],
    examples: [
      { command: 'source <(tocsin completion bash)', does: 'in ~/.bashrc' },
      { command: 'source <(tocsin completion zsh)', does: 'in ~/.zshrc, after compinit' },
      { command: 'tocsin completion fish > ~/.config/fish/completions/tocsin.fish', does: 'for fish' },
    ],
  }).action(async (shell: string) => {
    const { shellScripts } = await import('./scripts.js')
    const script = Object.hasOwn(shellScripts, shell) ? shellScripts[shell] : undefined
    if (script === undefined) {
      throw new TocsinError(
        'TCN_USAGE',
        `no completion for ${JSON.stringify(shell)}; supported shells are ${Object.keys(shellScripts).join(', ')}`,
      )
    }
    io.out.line(script)
  })
  // The scripts call this with the words so far; the last one is being typed.
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const { complete } = await import('./complete.js')
      for (const candidate of await complete(program, io, words)) io.out.line(candidate)
    })
}
