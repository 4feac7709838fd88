import SwiftDiagnostics
import SwiftSyntax

/// A struct that conforms to `Job` by itself: all it gets is a record, beside it, by which workers find it.
struct StructJob {
    let name: TokenSyntax
    let availability: [String]

    init?(_ structure: StructDeclSyntax, attribute: AttributeSyntax, place: JobPlace, problems: inout Problems) {
        name = structure.name.trimmed
        availability = structure.attributes.availability
        guard place.allows(structure.name, problems: &problems) else { return nil }
        if let generics = structure.genericParameterClause {
            problems.report(.genericStruct, at: generics)
        }
        if !structure.mayConformToJob {
            problems.report(
                .structWithoutConformance(name.plainText),
                at: structure.name,
                fixIts: [.conforming(structure)]
            )
        }
        checkArguments(of: attribute, on: structure, problems: &problems)
        guard problems.found.isEmpty else { return nil }
    }

    var declaration: DeclSyntax {
        let record = DiscoveryRecord.lines(for: name.text).map { "    \($0)" }
        return GeneratedCode.declaration(
            availability + ["private nonisolated enum $\(name.plainText) {"] + record + ["}"]
        )
    }

    private func checkArguments(
        of attribute: AttributeSyntax,
        on structure: StructDeclSyntax,
        problems: inout Problems
    ) {
        let arguments = JobAttribute.arguments(of: attribute)
        for (label, value) in arguments where label == "within" {
            problems.report(.scopeOnStruct, at: value)
        }
        let others = arguments.filter { $0.label != "within" }
        guard let first = others.first else { return }
        let fixIt = FixIt.movingArguments(others, from: attribute, into: structure)
        // The scope has to be dealt with first: the fix-it would drop it.
        problems.report(.argumentsOnStruct, at: first.value, fixIts: others.count == arguments.count ? [fixIt] : [])
    }
}

extension StructDeclSyntax {
    /// Whether the struct names a protocol that is `Job` or may refine it. A conformance in an extension is not seen;
    /// one place to look is better than a record whose type turns out to be no job.
    fileprivate var mayConformToJob: Bool {
        let unrelated: Set = [
            "Codable", "Comparable", "CustomDebugStringConvertible", "CustomStringConvertible", "Decodable",
            "Encodable", "Equatable", "Error", "Hashable", "Identifiable", "Sendable",
        ]
        guard let types = inheritanceClause?.inheritedTypes else { return false }
        return types.contains { !unrelated.contains($0.type.trimmedDescription) }
    }
}

extension FixIt {
    fileprivate static func conforming(_ structure: StructDeclSyntax) -> FixIt {
        let job = InheritedTypeSyntax(type: IdentifierTypeSyntax(name: .identifier("Job")))
        let message = "conform to Job"
        if let clause = structure.inheritanceClause, let last = clause.inheritedTypes.last {
            // The space before the brace belongs to the last type.
            let trailing = last.trailingTrivia
            let separated = last.with(\.trailingTrivia, []).with(\.trailingComma, .commaToken(trailingTrivia: .space))
            let types = clause.inheritedTypes.dropLast() + [separated, job.with(\.trailingTrivia, trailing)]
            return .replacing(clause, by: clause.with(\.inheritedTypes, InheritedTypeListSyntax(types)), message)
        }
        let colon = TokenSyntax.identifier(
            "\(structure.name.text): Job",
            leadingTrivia: structure.name.leadingTrivia,
            trailingTrivia: structure.name.trailingTrivia
        )
        return .replacing(structure.name, by: colon, message)
    }

    fileprivate static func movingArguments(
        _ arguments: [(label: String?, value: ExprSyntax)],
        from attribute: AttributeSyntax,
        into structure: StructDeclSyntax
    ) -> FixIt {
        let access = structure.modifiers.access.map { ["public", "package"].contains($0) ? "\($0) " : "" } ?? ""
        let options = JobAttribute.options(arguments).map { "\($0.label): \($0.value.trimmedDescription)" }
        var properties: [String] = []
        for (label, value) in arguments where label == nil || label == "aliases" {
            properties.append("\(access)static let \(label ?? "kind") = \(value.trimmedDescription)")
        }
        if !options.isEmpty {
            properties.append("\(access)static let options = JobOptions(\(options.joined(separator: ", ")))")
        }
        let brace = structure.memberBlock.leftBrace
        let text = "{" + properties.map { "\n    \($0)" }.joined()
        return FixIt(
            message: JobFixItMessage("write them in the struct"),
            changes: [
                .replace(oldNode: Syntax(attribute), newNode: Syntax(attribute.withArguments(nil))),
                .replace(oldNode: Syntax(brace), newNode: Syntax(brace.with(\.tokenKind, .identifier(text)))),
            ]
        )
    }
}
