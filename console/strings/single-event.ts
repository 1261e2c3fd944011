/** Why the event of the address is not shown. */
export const singleEventStrings = {
  gone: 'This event is not in the log any more: retention has removed it.',
  goneNever: 'There is no such event, or you may not see it.',
  goneAtEdge: 'The edge hub has this event no more, or you may not see it.',
  foreign: 'This event belongs to another log.',
} as const
