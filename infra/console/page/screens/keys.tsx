import { useState } from 'preact/hooks';
import { inWords } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { call } from '../service/call.ts';
import { accessKey, useKey } from '../service/session.ts';

/** Signing in with an access key, and how keys are made and taken back. */
export function KeysScreen({ collections }: Pick<ScreenProps, 'collections'>) {
  const [id, setId] = useState('');
  const [secret, setSecret] = useState('');
  const [signedIn, setSignedIn] = useState(accessKey()?.id);
  const task = useTask();
  const signIn = () =>
    task.run(async (signal) => {
      if (!globalThis.isSecureContext) {
        throw new Error(
          'A browser signs on https and on this machine only. Open the page through https, or at 127.0.0.1.',
        );
      }
      const before = accessKey();
      useKey({ id: id.trim(), secret: secret.trim() });
      try {
        await call('ListCollections', { MaxResults: 1 }, signal);
      } catch (error) {
        useKey(before);
        throw error;
      }
      setSignedIn(id.trim());
      setSecret('');
      collections.reload();
      return 'Signed in. The key is held in this page until it is closed or reloaded.';
    });
  const signOut = () => {
    useKey(undefined);
    setSignedIn(undefined);
    collections.reload();
  };
  return (
    <>
      <h1>Keys</h1>
      {signedIn === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn();
          }}
        >
          <p>
            {collections.task.hasFailed
              ? inWords({ name: '', message: collections.task.note })
              : 'This service answers without a key.'}
          </p>
          <Field label="Access key id" value={id} onInput={setId} required />
          <Field
            label="Secret access key"
            type="password"
            value={secret}
            onInput={setSecret}
            hint="Stays in the memory of this page: it signs each call, and is never sent or stored."
            required
          />
          <button type="submit" class="main" disabled={task.isBusy}>
            Sign in
          </button>
        </form>
      ) : (
        <p>
          Signed in as <code>{signedIn}</code>.{' '}
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        </p>
      )}
      <Notice task={task} />
      <h2>Making and revoking keys</h2>
      <p>
        The API gives nobody the power over keys, so this page has none either: keys are made where
        the data are, each for the operations and collections that it needs.
      </p>
      <AsCli
        lines={[
          'npx recollect keys create --name phone --operations search --collections album',
          'npx recollect keys list',
          'npx recollect keys revoke KEY_ID',
        ]}
      />
    </>
  );
}
