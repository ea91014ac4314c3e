import SwiftProtobuf

/// SwiftProtobuf's view of a message, for comparison.
enum Generated {
    /// Decodes and encodes again; without unknown fields, so that what it did not take for a field is seen missing.
    static func roundTrip(_ bytes: [UInt8], _ type: any Message.Type) throws -> [UInt8] {
        try decode(bytes, type).serializedBytes()
    }

    static func decode(_ bytes: [UInt8], _ type: any Message.Type) throws -> any Message {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        return try type.init(serializedBytes: bytes, options: options)
    }

    /// The fields with this number that the generated code knows and those it does not, by decoding one record.
    static func knows(field tag: [UInt8], _ type: any Message.Type) throws -> Bool {
        try type.init(serializedBytes: tag).unknownFields.data.isEmpty
    }
}
