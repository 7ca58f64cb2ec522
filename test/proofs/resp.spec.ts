import { describe, expect, it } from '@jest/globals';
import { isMessage, RespFrames, wordsOf } from './faults/resp.js';

const COMMAND = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\r\n\r\n';
const REPLIES = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':1\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '*-1\r\n',
  '*2\r\n$1\r\na\r\n*1\r\n:2\r\n',
  '%1\r\n+a\r\n:1\r\n',
  '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n',
];

describe('messages of RESP', () => {
  it('are cut out of a stream, whatever pieces it comes in', () => {
    const stream = Buffer.from(REPLIES.join(''));
    for (let size = 1; size <= stream.length; size += 1) {
      const frames = new RespFrames();
      const found: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        found.push(...frames.add(stream.subarray(at, at + size)).map(String));
      }
      expect(found).toEqual(REPLIES);
    }
  });

  it('give the words of a command, line ends in them and all', () => {
    expect(wordsOf(Buffer.from(COMMAND))).toEqual(['SET', 'k', '\r\n\r\n']);
  });

  it('answer a command unless they are of a channel', () => {
    const found = REPLIES.filter((reply) => isMessage(Buffer.from(reply)));

    expect(found).toEqual([REPLIES.at(-1)]);
  });
});
