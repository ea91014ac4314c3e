// Prints the CRI's protocol file as the catalogue has it; `dev/generate-cri.sh` is the only user.
import CRICatalog

print(ProtoFile.render(.cri), terminator: "")
