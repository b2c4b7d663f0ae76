import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../src/checkpoint.ts';
import { createSigner, formatVerifier, NoteError, openNote, parseVerifier, signNote } from '../src/note.ts';

const newSigner = (name = 'example.com/log') => createSigner(name, generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));

describe('a note of another implementation', () => {
  // From the documentation of golang.org/x/mod/sumdb/note.
  const PETER = parseVerifier('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const NOTE =
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n\n" +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

  it('verifies', () => {
    expect(openNote(NOTE, [PETER]).text).toBe(
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    );
    expect(formatVerifier(PETER)).toBe('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  });

  it('does not when its text is changed', () => {
    expect(() => openNote(NOTE.replace('your', 'my'), [PETER])).toThrow('the signature of PeterNeumann is wrong');
  });
});

describe('signatures', () => {
  const [old, young, stranger] = [newSigner(), newSigner(), newSigner()];
  const note = signNote('text\n', [old, young]);

  it('of two keys verify with either', () => {
    expect(openNote(note, [old])).toMatchObject({ text: 'text\n', unknown: 1 });
    expect(openNote(note, [young, old]).signedBy).toHaveLength(2);
  });

  it('of unknown keys only are refused', () => {
    expect(() => openNote(note, [stranger])).toThrow('no known key has signed the note');
    expect(() => openNote(note, [])).toThrow(NoteError);
  });

  it('of one known key being wrong refuses the note', () => {
    const lines = note.split('\n');
    const wrong = signNote('other\n', [young]).split('\n').at(-2)!;
    expect(() => openNote([...lines.slice(0, -2), wrong, ''].join('\n'), [old, young])).toThrow('is wrong');
  });

  it.each([
    ['', 'this is no signed note'],
    ['text\n', 'this is no signed note'],
    [note.slice(0, -1), 'this is no signed note'],
    [`${note}extra\n`, 'a line of the note is no signature'],
    [note.replace('— ', '- '), 'a line of the note is no signature'],
  ])('are not found in %j', (text, reason) => {
    expect(() => openNote(text, [old])).toThrow(reason);
  });
});

describe('verifier keys', () => {
  it('go there and back', () => {
    const text = formatVerifier(newSigner());
    expect(formatVerifier(parseVerifier(text))).toBe(text);
  });

  it.each([
    '',
    'a+b',
    'name+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    'name+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWx',
  ])('are refused when wrong: %s', (text) => {
    expect(() => parseVerifier(text)).toThrow(TypeError);
  });

  it('are Ed25519 only, and have a proper name', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    expect(() => createSigner('log', ec)).toThrow('not ed25519');
    expect(() => newSigner('two words')).toThrow('space or plus');
    expect(() => newSigner('a+b')).toThrow('space or plus');
  });
});

describe('checkpoints', () => {
  const signer = newSigner();
  const root = Buffer.alloc(32, 7);

  it('go there and back', () => {
    const note = signCheckpoint('example.com/log', { size: 20_852_163, root }, [signer]);
    expect(note.split('\n').slice(0, 4)).toEqual(['example.com/log', '20852163', root.toString('base64'), '']);
    expect(openCheckpoint('example.com/log', note, [signer])).toMatchObject({ size: 20_852_163, root });
  });

  it('of another log are refused', () => {
    const note = signCheckpoint('example.com/other', { size: 1, root }, [signer]);
    expect(() => openCheckpoint('example.com/log', note, [signer])).toThrow('of the log "example.com/other"');
  });

  it.each([
    'example.com/log\n01\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    'example.com/log\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    'example.com/log\n1\nBwcH\n',
    'example.com/log\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=\n',
    'example.com/log\n1\n',
    'example.com/log\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nextension\n',
  ])('that are not well-formed are refused: %j', (text) => {
    expect(() => openCheckpoint('example.com/log', signNote(text, [signer]), [signer])).toThrow('this is no checkpoint');
  });
});
