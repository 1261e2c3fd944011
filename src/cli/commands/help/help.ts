import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { define, findCommand, groups } from '../../help/define.js'
import { topics } from '../../help/topics.js'
import { sharedOption } from '../../help/vocabulary.js'
import { helpWidth, wrapText } from '../../help/wrap.js'
import type { Io } from '../../io.js'
import { usePager } from '../../terminal/pager.js'

export function defineHelp(program: Command, io: Io): void {
  const names = topics.map(({ name }) => name).join(', ')
  define(program, 'help [topic...]', 'Show help on a command or a topic', {
    group: groups.help,
    notes: [`Topics:\n${topics.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}`],
    examples: [
      { command: 'tocsin help filters', does: 'how to select events' },
      { command: 'tocsin help tail', does: 'the same as tocsin tail --help' },
    ],
  })
    .addOption(sharedOption('--no-pager'))
    .action((words: string[], options: { pager: boolean }) => {
      if (words.length === 0) return program.outputHelp()
      const topic = topics.find(({ name }) => name === words[0] && words.length === 1)
      const command = find(program, words)
      if (topic === undefined && command === undefined)
        throw new TocsinError(
          'TCN_USAGE',
          `no command or topic ${JSON.stringify(words.join(' '))}; topics are ${names}`,
        )
      if (topic !== undefined) usePager(io, options.pager)
      command?.outputHelp()
      if (topic !== undefined) io.out.line(wrapText(topic.text, helpWidth(io)))
    })
}

function find(program: Command, words: readonly string[]): Command | undefined {
  let command: Command | undefined = program
  for (const word of words) command = command && findCommand(command, word)
  return command
}
