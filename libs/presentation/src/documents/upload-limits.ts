/** How large a file may be; set by the deployment. */
export class UploadLimits {
  constructor(readonly maxBytes: number) {}
}
