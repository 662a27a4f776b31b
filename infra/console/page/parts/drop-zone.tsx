import { useEffect, useRef, useState } from 'preact/hooks';
import { open, type Photograph } from '../model/photographs.ts';
import { Camera } from './camera.tsx';

interface DropZoneProps {
  readonly onPhotographs: (photographs: readonly Photograph[]) => void;
  readonly many?: boolean;
}

const TYPES = 'image/jpeg,image/png';

/** Photographs by drop, choice, paste or camera. */
export function DropZone({ onPhotographs, many = false }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const [isFilming, setFilming] = useState(false);
  const chosen = useRef(onPhotographs);
  chosen.current = onPhotographs;
  const take = async (list: Iterable<File>) => {
    const files = [...list].filter(({ type }) => TYPES.includes(type) && type !== '');
    const opened = await Promise.all(
      (many ? files : files.slice(0, 1)).map((file) => open(file, file.name)),
    );
    if (opened.length > 0) chosen.current(opened);
  };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (event.clipboardData) void take(event.clipboardData.files);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
  return (
    <div class="intake">
      <label
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          if (event.dataTransfer) void take(event.dataTransfer.files);
        }}
      >
        <span>
          Drop {many ? 'photographs' : 'a photograph'} here, paste {many ? 'them' : 'it'}, or{' '}
          <span class="link">choose {many ? 'files' : 'a file'}</span>
        </span>
        <input
          type="file"
          accept={TYPES}
          multiple={many}
          onChange={({ currentTarget }) => {
            void take([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
      </label>
      <button type="button" onClick={() => setFilming(true)}>
        Use the camera
      </button>
      {isFilming && (
        <Camera
          onClose={() => setFilming(false)}
          onPicture={(blob) => void take([new File([blob], 'camera.jpg', { type: blob.type })])}
        />
      )}
    </div>
  );
}
