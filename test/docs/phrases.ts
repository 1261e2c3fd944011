/**
 * Matches a sentence, heading or table cell that begins with the word and is not a question. Headings may begin with
 * What, and so may "What to do …".
 */
function sentence(word: 'Who' | 'What'): RegExp {
  const start = word === 'Who' ? '^#+ |' : ''
  return new RegExp(
    `(?:${start}^(?:[-*] |\\d+\\. )?|[.!:|] )${word}(?! to | it does )\\s(?:[^.?!|\n]|\n(?!\n))*(?:[.!|]|\n\n)`,
  )
}

/** Phrases that readers stumble over, each with what to write instead. */
export const phrases: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/\bso many\b/i, 'up to n, or the number'],
  [/\bshall\b/i, 'should, must or will'],
  [/\bfor ever\b/i, 'indefinitely'],
  [/\b(?:he|him|his|himself)\b/i, 'they, them, their'],
  [/\boneself\b/i, 'yourself'],
  [/\bwhoever\b/i, 'anyone who, or a noun such as client, reader, publisher'],
  [sentence('Who'), 'a noun such as client, reader, publisher'],
  [sentence('What'), 'a noun such as event, value, setting'],
  [/\bbelongs? into\b/i, 'belongs in'],
  [/\b(?:go|goes|going|went) on\b/i, 'continue, resume'],
  [/\b(?:is|are|be|was|were|been) told\b/i, 'is reported, is notified, receives'],
  [/\b(?:is|are) said\b/i, 'is reported'],
  [/\b(?:is|are|was|were) there\b(?! (?:a|an|any|no)\b)/i, 'exists'],
  [
    /\bthere (?:is|are|was|were)(?=[.,;:|)]|\n\n)/i,
    'nothing: "the last event", not "the last event there is"',
  ],
  [/\bthe one (?:before|there)\b/i, 'the previous one, the current one'],
  [/(?<!\bthere )\b(?:is|are) no (?!longer\b|more\b|less\b|different\b)/i, 'is not a'],
  [/\b(?:is|are|be|still) good\b(?! (?:for|at)\b)/i, 'is valid'],
  [/\b(?:is|are|be|not|one|no) sound\b/i, 'valid'],
  [/\banew\b/i, 'again'],
  [/\bat last\b/i, 'finally'],
  [/\bany more\b/i, 'no longer'],
  [/\bnow and then\b/i, 'occasionally'],
  [/\bnot in time\b/i, 'not before the timeout'],
  [/\bof use\b/i, 'useful'],
  [/\bof yours\b/i, 'your'],
  [/\bas good as\b/i, 'the plain statement'],
  [/\bbut for\b/i, 'except'],
  [/\bcomes? again\b/i, 'is redelivered, is sent again'],
  [/\b(?:comes?|continues?|begins?|follows?|stands?) behind\b|\bbehind (?:it|that)\b/i, 'after'],
  [/\bstands (?:in|at|after|before|beside|under)\b/i, 'is in'],
  [/\bl(?:ie|ies|ay) (?:in|on|at|beside|under)\b/i, 'is in'],
  [/\blets? go\b/i, 'release, remove'],
  [/\bwants? (?:a|an|to be|TLS)\b/i, 'requires'],
  [/\beach alone\b/i, 'one at a time'],
  [/\bwithout a word\b/i, 'silently'],
  [/\b(?:TODO|FIXME|XXX|TBD|HACK|PLACEHOLDER)\b/, 'the text that is missing'],
]
