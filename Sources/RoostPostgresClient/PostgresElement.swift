/// A type of values, by which arrays are written.
package enum PostgresElement: Sendable, CaseIterable {
    case int2
    case int4
    case int8
    case bool
    case text
    case bytea
    case uuid

    /// `oid` of the type in `pg_type`.
    package var oid: UInt32 {
        switch self {
        case .int2: 21
        case .int4: 23
        case .int8: 20
        case .bool: 16
        case .text: 25
        case .bytea: 17
        case .uuid: 2950
        }
    }

    /// `oid` of the type of its arrays.
    package var arrayOID: UInt32 {
        switch self {
        case .int2: 1005
        case .int4: 1007
        case .int8: 1016
        case .bool: 1000
        case .text: 1009
        case .bytea: 1001
        case .uuid: 2951
        }
    }
}
