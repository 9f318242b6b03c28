/** Recordings on the server: what became of an upload. */
import { client, unwrap } from "./client";

export const readMedia = (mediaId: string) =>
  unwrap(client.GET("/api/media/{media_id}", { params: { path: { media_id: mediaId } } }));

export const readUpload = (uploadId: string) =>
  unwrap(client.GET("/api/uploads/{upload_id}", { params: { path: { upload_id: uploadId } } }));
